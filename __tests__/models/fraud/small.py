"""The fraud model, small enough to train in a second."""

SMALL = (
    "source.parameters.customers=400",
    "source.parameters.terminals=800",
    "source.parameters.radius=10",
    "source.parameters.compromised_terminals=1",
    "source.parameters.compromised_customers=1",
    "search.trials=2",
    "search.rounds=30",
    "search.space.min_child_samples=[10]",
    "gates.average_precision=0.05",
    "gates.auc_roc=0.5",
    "gates.card_precision_100=0.01",
)
