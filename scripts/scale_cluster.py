def measure_cluster(*a, **k):
    return []
