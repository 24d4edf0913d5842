"""`python parquet_rows.py`: reads paths of Parquet files, one a line as JSON, and prints how many rows each has."""

import json
import sys

try:
    import pyarrow.parquet
except ImportError:
    sys.exit("partitionRows splits Parquet files with pyarrow, which is not installed in the deployment's Python: pip install pyarrow")

for line in sys.stdin:
    path = json.loads(line)
    try:
        print(pyarrow.parquet.read_metadata(path).num_rows, flush=True)
    except Exception as error:
        sys.exit(f"{path} cannot be read as Parquet: {error}")
