"""Makes `data/grids/fictional-province`: an invented province with an invented grid, plans and works.

Everything is invented or an assumption; the README of the study names each assumption. Nothing is measured.
"""
