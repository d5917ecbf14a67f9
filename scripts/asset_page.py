"""The page of judged bodies: pictures of scripts/asset_sheet.py beside the scores that a person gave them.

    .venvs/backend/bin/python scripts/asset_page.py --judged docs/bodies_judged.txt --out docs

Each line of the judged file: seed, score (1 to 5), eyes (yes, no, or none where the training creatures of
that look have none), and what was seen. Every seed must be judged. Writes bodies.md and images/bodies.jpg.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageDraw
from zoetrope.engines.weights.bundle import bundle_checksum
from zoetrope.evaluation.report.markdown_tables import rows

TILE = 220
SCORES = {5: "hero", 4: "background", 3: "an hour's repair", 2: "discard", 1: "embarrassing"}


def read_judged(path, seeds):
    """Return seed -> (score, eyes, note); exits with a message where one is missing or malformed."""
    judged = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=3)
        if len(words) < 3 or words[1] not in "12345" or words[2] not in ("yes", "no", "none"):
            raise SystemExit(f"{path}, line {number}: expected SEED SCORE yes|no|none NOTE.")
        judged[int(words[0])] = int(words[1]), words[2], words[3] if len(words) > 3 else ""
    missing = sorted(set(seeds) - set(judged))
    if missing:
        raise SystemExit(f"{path} does not judge the seeds {', '.join(map(str, missing))}.")
    return judged


def picture(sheet, asked, judged):
    """Return all creatures on one image: a moment and the head, a column a category."""
    columns = defaultdict(list)
    for seed, (category, action) in asked.items():
        columns[category].append((seed, action))
    height = TILE * max(map(len, columns.values()))
    image = Image.new("RGB", (2 * TILE * len(columns), height), "white")
    for i, (category, found) in enumerate(sorted(columns.items())):
        for j, (seed, action) in enumerate(found):
            strip = Image.open(sheet / f"{seed}_{category}_{action}.jpg")
            side = strip.height
            for k, left in enumerate((0, 2 * side)):
                part = strip.crop((left, 0, left + side, side)).resize((TILE, TILE), Image.Resampling.LANCZOS)
                image.paste(part, ((2 * i + k) * TILE, j * TILE))
            text = f"{seed} {category} {action}: {judged[seed][0]}"
            ImageDraw.Draw(image).text((2 * i * TILE + 4, j * TILE + 4), text, fill="black")
    return image


def page(asked, judged, weights):
    """Return the Markdown page."""
    by_category = defaultdict(list)
    for seed, (category, _) in asked.items():
        by_category[category].append(judged[seed])
    table = []
    for category, found in (*sorted(by_category.items()), ("all", [judged[seed] for seed in asked])):
        counts = [str(sum(score == s for score, _, _ in found) or "") for s in SCORES]
        eyes = sum(e == "yes" for _, e, _ in found)
        table.append((category, str(len(found)), *counts, str(eyes)))
    good = sum(judged[seed][0] >= 4 for seed in asked)
    return [
        "# Bodies, judged",
        "",
        "    .venvs/blender-4.5/bin/python scripts/asset_sheet.py",
        "    .venvs/backend/bin/python scripts/asset_page.py --judged docs/bodies_judged.txt --out docs",
        "",
        f"Seeds {min(asked)} to {max(asked)}, none skipped, categories and their actions in turn, as "
        f"`zoetrope generate` makes them; weights `{weights}`. One of us looked at each at two moments and "
        "at its head, 600 pixels each, and gave a score as an artist would: "
        f"{', '.join(f'{score} {name}' for score, name in SCORES.items())}.",
        "",
        f"**{good} of {len(asked)}** are a 4 or a 5. Of the weights before, 6 of 24 were usable, "
        "and 5 of 24 had eyes.",
        "",
        "![All creatures: a moment and the head](images/bodies.jpg)",
        "",
        *rows(("category", "creatures", *(f"{s}" for s in SCORES), "with eyes"), table),
        *rows(
            ("seed", "category", "action", "score", "eyes", "seen"),
            [(str(s), c, a, str(judged[s][0]), judged[s][1], judged[s][2]) for s, (c, a) in asked.items()],
        ),
    ]


def main():
    """Write the page and its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sheet", type=Path, default=Path("build/assets"), help="folder of asset_sheet.py")
    parser.add_argument("--judged", type=Path, required=True, help="file of the scores")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument("--out", type=Path, required=True, help="folder of the page")
    options = parser.parse_args()
    asked = {
        int(seed): labels for seed, labels in json.loads((options.sheet / "sheet.json").read_text()).items()
    }
    judged = read_judged(options.judged, asked)
    picture(options.sheet, asked, judged).save(options.out / "images/bodies.jpg", quality=85)
    text = page(asked, judged, bundle_checksum(options.weights)[:16])
    (options.out / "bodies.md").write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")


main()
