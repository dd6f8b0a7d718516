"""Pictures and videos of any kind in, videos out: `read`, `fit`, `write`."""
