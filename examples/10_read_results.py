"""10. Read results: the files of `forensics-rt detect`, in pandas and as plain JSON.

forensics-rt detect docs/samples --out out
pip install pandas
python examples/10_read_results.py [FOLDER]
"""

import json
import sys
from pathlib import Path

import pandas

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")

# One row for each image. Images that failed have `error` in place of `score`.
results = pandas.read_json(folder / "results.jsonl", lines=True)
print(results[["image", "verdict", "score", "regions"]].sort_values("score", ascending=False))

# One JSON file for each image holds its regions and how they were computed.
for name in results.loc[results["regions"] > 0, "results"]:
    document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    for region in document["regions"]:
        print(name, region["box"], f"{region['mean_probability']:.2f}")

# The summary of the run: counts, speed, settings.
summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
print(summary["done"], "of", summary["of"], "images done with bundle", summary["bundle"])
