"""Hourly profiles of one invented weather year (8,760 hours from 1 January 2026), per unit of their peak.

Shapes: BDEW standard profiles H0 and G0 (demandlib), clear sky (Haurwitz, pvlib) under seeded cloud, a seeded
first-order autoregressive wind with a smooth power curve, and simple documented formulas for the rest.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
from demandlib import bdew
from scipy.ndimage import uniform_filter1d
from scipy.special import expit, ndtr

SEED = 20260102
YEAR = 2026
HOURS = 8760
LATITUDE, LONGITUDE = 52.5, 6.0

Series = np.ndarray


def autoregressive(rng: np.random.Generator, n: int, memory: float) -> Series:
    """A standard normal first-order autoregressive series."""
    noise = rng.standard_normal(n)
    values = np.empty(n)
    values[0] = noise[0]
    scale = np.sqrt(1 - memory**2)
    for at in range(1, n):
        values[at] = memory * values[at - 1] + scale * noise[at]
    return values


def per_unit(values: Series) -> Series:
    return values / values.max()


def temperature_degree(rng: np.random.Generator, hour_of_year: Series) -> Series:
    """Outdoor air, degree Celsius: yearly and daily wave, weather of days, one cold week in January."""
    season = 10.3 - 7.2 * np.cos(2 * np.pi * (hour_of_year / 24 - 20) / 365)
    daily = 2.6 * np.cos(2 * np.pi * (hour_of_year % 24 - 15) / 24)
    weather = 3.4 * autoregressive(rng, len(hour_of_year), 0.99)
    cold = -9.0 * np.exp(-(((hour_of_year / 24 - 17.5) / 3.0) ** 2))
    return season + daily + weather + cold


def solar(rng: np.random.Generator, times: pd.DatetimeIndex) -> Series:
    position = pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE)
    clear = pvlib.clearsky.haurwitz(position["apparent_zenith"])["ghi"].to_numpy()
    cloud = 0.75 * autoregressive(rng, len(times), 0.97) + 0.66 * autoregressive(rng, len(times), 0.7)
    transmission = 0.18 + 0.82 * expit(1.6 * (cloud + 0.1))
    # Fixed panels facing south lift the low sun of spring and autumn somewhat.
    tilt = 1 + 0.25 * np.cos(np.radians(position["apparent_elevation"].clip(lower=0).to_numpy())) ** 2
    power = clear * transmission * tilt
    return np.minimum(power / np.quantile(power, 0.9995), 1.0)


def wind(rng: np.random.Generator, hour_of_year: Series) -> Series:
    """Wind speed with a Weibull distribution (shape 2.1), windier in winter, through a farm's power curve."""
    normal = 0.93 * autoregressive(rng, len(hour_of_year), 0.985) + 0.37 * autoregressive(rng, len(hour_of_year), 0.8)
    uniform = np.clip(ndtr(normal), 1e-6, 1 - 1e-6)
    season = 1 + 0.16 * np.cos(2 * np.pi * (hour_of_year / 24 - 15) / 365)
    speed_m_s = 8.3 * season * (-np.log1p(-uniform)) ** (1 / 2.1)
    return expit(1.05 * (speed_m_s - 9.0)) * (speed_m_s > 2.5)


def heat_pump(temperature: Series, hour: Series) -> Series:
    """Heat below 16 degree over a coefficient of performance that falls with the cold, plus hot water."""
    slow = uniform_filter1d(temperature, 18, mode="wrap")
    performance = np.clip(3.9 + 0.09 * (temperature - 7), 1.9, 5.0)
    rhythm = 1 + 0.28 * np.exp(-(((hour - 7) / 1.8) ** 2)) + 0.20 * np.exp(-(((hour - 18) / 2.8) ** 2))
    return per_unit((np.maximum(16 - slow, 0) * rhythm + 1.6 * rhythm) / performance)


def bump(hour: Series, centre: float, width: float) -> Series:
    """A daily bell that runs over midnight."""
    away = (hour - centre + 12) % 24 - 12
    return np.exp(-((away / width) ** 2))


def make_profiles() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    times = pd.date_range(f"{YEAR}-01-01", periods=HOURS, freq="h", tz="Etc/GMT-1")
    hour = times.hour.to_numpy().astype(float)
    hour_of_year = np.arange(HOURS, dtype=float)
    workday = (times.dayofweek < 5).astype(float)
    winter = 0.5 + 0.5 * np.cos(2 * np.pi * (hour_of_year / 24 - 15) / 365)
    temperature = temperature_degree(rng, hour_of_year)
    standard = bdew.ElecSlp(YEAR).get_scaled_power_profiles({"h0_dyn": 1.0, "g0": 1.0}).resample("h").mean()
    sun, breeze = solar(rng, times), wind(rng, hour_of_year)
    surplus = 0.55 * sun + 0.45 * breeze
    industry_noise = 0.02 * autoregressive(rng, HOURS, 0.95)
    columns = {
        "households": per_unit(standard.iloc[:, 0].to_numpy()),
        "services": per_unit(standard.iloc[:, 1].to_numpy()),
        "heat_pump": heat_pump(temperature, hour),
        "ev": per_unit(0.10 + bump(hour, 19.0, 3.2) + 0.30 * bump(hour, 9.5, 2.0) * workday + 0.12 * bump(hour, 1, 3)),
        "charging_hub": per_unit(0.25 + bump(hour, 16.5, 4.5) + 0.35 * bump(hour, 9.0, 2.5) * workday),
        "industry": per_unit(0.80 + 0.14 * workday * bump(hour, 12.5, 6.0) + 0.04 * workday + industry_noise),
        "business_park": per_unit(0.30 + 0.70 * bump(hour, 12.5, 5.0) * (0.3 + 0.7 * workday) + 0.10 * winter),
        "greenhouse": per_unit(0.30 + 0.70 * winter * (bump(hour, 4.0, 6.5) + 0.35 * bump(hour, 20.0, 2.5)) + 0.05),
        "data_centre": per_unit(0.90 + 0.05 * (1 - winter) + 0.03 * bump(hour, 15, 6)),
        "electrolyser": np.clip(0.08 + 0.92 * expit(14 * (surplus - 0.30)), 0, 1),
        "e_boiler": np.clip(expit(18 * (surplus - 0.38)) * (0.25 + 0.75 * winter), 0, 1),
        "storage_charging": per_unit(0.9 * expit(12 * (sun - 0.55)) + 0.45 * bump(hour, 3.5, 2.5) + 0.02),
        "storage_discharging": per_unit(bump(hour, 19.0, 1.8) + 0.45 * bump(hour, 8.0, 1.4) + 0.0),
        "evening_peak": per_unit(bump(hour, 18.5, 2.2) * (0.35 + 0.65 * winter) * (0.75 + 0.25 * workday)),
        "solar": sun,
        "wind": per_unit(breeze),
    }
    frame = pd.DataFrame(columns)
    return frame.clip(lower=0.0).round(4).astype(np.float32)
