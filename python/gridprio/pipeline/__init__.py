"""What a study is opened into once, and what starts from there: run, search, headroom, tabulate, contributions."""

from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.run import run_study
from gridprio.pipeline.search import search_study
from gridprio.pipeline.session import Session, make_evaluator

__all__ = ["Session", "make_evaluator", "run_study", "search_study", "study_headroom"]
