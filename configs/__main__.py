"""Print the JSON Schema of a study: `python -m configs > configs/study.schema.json`."""

import json

from configs.loading.loading import study_schema

print(json.dumps(study_schema(), indent=2))
