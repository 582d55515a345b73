"""The command `pyflinkpp`, also `python -m pyflinkpp`: Flink's verbs and options."""
