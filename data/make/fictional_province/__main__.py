"""python -m data.make.fictional_province: writes data/grids/fictional-province."""

from __future__ import annotations

from pathlib import Path

from data.make.fictional_province.profiles import make_profiles
from data.make.fictional_province.study import STUDY_FOLDER, study_texts
from data.make.write import write_profiles, write_texts


def main() -> None:
    folder = Path(__file__).parents[2] / "grids" / STUDY_FOLDER
    profiles = make_profiles()
    write_texts(folder, study_texts(profiles))
    write_profiles(folder, profiles)
    print(f"written: {folder}")


if __name__ == "__main__":
    main()
