"""Pictures for people: figures, keypoints on frames, panels."""
