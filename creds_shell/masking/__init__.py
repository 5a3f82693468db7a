"""The masking engine: forms of a value, a detector of many needles, a filter that no cut of the stream defeats."""
