"""Calibration: from labeled images to a pixel decision, a probability, and when to abstain.

`observations` keeps what counts of one labeled image, `pixel` chooses the thresholds of the mask,
`image` turns the raw score of a page into a probability, `operating_points` and `abstain` say what
may be concluded from it; `fit` puts them together into the `record` that files hold, and `verdict`
applies one, `prevalence` where another share of the images is forged.
"""
