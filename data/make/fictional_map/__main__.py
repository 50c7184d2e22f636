"""python -m data.make.fictional_map: writes data/grids/fictional-map."""

from __future__ import annotations

from pathlib import Path

from data.make.fictional_map.study import PUBLISHED, STUDY_FOLDER, made_texts, published_texts
from data.make.write import write_texts


def main() -> None:
    folder = Path(__file__).parents[2] / "grids" / STUDY_FOLDER
    write_texts(folder / PUBLISHED, published_texts())
    write_texts(folder, made_texts(folder / PUBLISHED))
    print(f"written: {folder}")


if __name__ == "__main__":
    main()
