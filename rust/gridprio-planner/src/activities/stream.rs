//! Random numbers that are the same in every backend.
use super::constants::MODULUS;

/// x <- 48271 x mod (2^31 - 1) (Park, Miller, Stockmeyer 1993): the same in every language without wrapping.
pub struct Stream(u64);

impl Stream {
    pub fn new(seed: u64) -> Self {
        let mut stream = Stream(seed % (MODULUS - 1) + 1);
        for _ in 0..10 {
            stream.below(1); // the first numbers of consecutive seeds are alike
        }
        stream
    }

    /// 0 to n - 1, for n below 2^31.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0 * 48_271 % MODULUS;
        (self.0 * n as u64 / MODULUS) as usize
    }
}
