"""Reading and checking configurations; `fomm.config` is the door."""
