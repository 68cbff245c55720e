"""Where figures go beside the record and its page, when a run is over."""
