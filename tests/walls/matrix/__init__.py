"""The matrix: every route of the resolver, with every method, for each of the cast, on each object that there is.

`cast` says who asks, `estate` what there is, `law` who may see which of it, `routes` what each route is about. From these four
`cells` derives what every cell must answer, `asking` asks, and `judging` holds the one against the other. What is right is
written here from the domain's rules and not read from the product, so that it can contradict it.
"""
