//! Complex numbers of the set-up code; hot loops keep real and imaginary parts in separate lanes.
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct C64 {
    pub re: f64,
    pub im: f64,
}

impl C64 {
    pub const ZERO: C64 = C64 { re: 0.0, im: 0.0 };

    pub fn new(re: f64, im: f64) -> C64 {
        C64 { re, im }
    }

    pub fn polar(magnitude: f64, angle: f64) -> C64 {
        C64::new(magnitude * angle.cos(), magnitude * angle.sin())
    }

    pub fn conj(self) -> C64 {
        C64::new(self.re, -self.im)
    }

    /// By the square where that neither overflows nor vanishes: `hypot` takes longer.
    pub fn abs(self) -> f64 {
        let square = self.re * self.re + self.im * self.im;
        if square.is_normal() {
            square.sqrt()
        } else {
            self.re.hypot(self.im)
        }
    }

    pub fn angle(self) -> f64 {
        self.im.atan2(self.re)
    }

    pub fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }

    pub fn inverse(self) -> C64 {
        let d = self.re * self.re + self.im * self.im;
        C64::new(self.re / d, -self.im / d)
    }

    /// Principal square root.
    pub fn sqrt(self) -> C64 {
        C64::polar(self.abs().sqrt(), 0.5 * self.angle())
    }
}

impl Add for C64 {
    type Output = C64;
    fn add(self, o: C64) -> C64 {
        C64::new(self.re + o.re, self.im + o.im)
    }
}

impl AddAssign for C64 {
    fn add_assign(&mut self, o: C64) {
        *self = *self + o;
    }
}

impl Sub for C64 {
    type Output = C64;
    fn sub(self, o: C64) -> C64 {
        C64::new(self.re - o.re, self.im - o.im)
    }
}

impl Neg for C64 {
    type Output = C64;
    fn neg(self) -> C64 {
        C64::new(-self.re, -self.im)
    }
}

impl Mul for C64 {
    type Output = C64;
    fn mul(self, o: C64) -> C64 {
        C64::new(
            self.re * o.re - self.im * o.im,
            self.re * o.im + self.im * o.re,
        )
    }
}

impl Mul<f64> for C64 {
    type Output = C64;
    fn mul(self, o: f64) -> C64 {
        C64::new(self.re * o, self.im * o)
    }
}
