"""The CI's configuration. It decides when something runs and where; what runs is `mlops` or a make target."""
