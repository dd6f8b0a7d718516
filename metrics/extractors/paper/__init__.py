"""The evaluator networks behind the published AKD, MKR and AED, written anew from descriptions.

`openpose`, `fan`, `openface` and `reid` hold the extractors, with the pre- and post-processing of
the 2019 scripts (pose-evaluation at 1bc4cae); each has its network in a `*_net` module. The weights
are the user's: every extractor takes paths and sha256s, and nothing here downloads.
"""
