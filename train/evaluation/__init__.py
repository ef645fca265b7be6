"""Measuring what a bundle or a checkpoint finds: sets of images in, figures and pictures out.

`cases` is what is asked, `predictors` what answers, `records` what is kept of each image; all
figures follow from the records: `ranking`, `reliability`, `bootstrap`, `figures`, `groups`.
`tuning` chooses a decision for what has none.
`report`, `plots` and `worst` write them down. `robustness` asks again after `degradations`,
`evasion` after `attacks`, those against the network in `adversarial`.
"""
