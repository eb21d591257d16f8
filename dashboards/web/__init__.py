"""The web board: NiceGUI pages over the views of the lights. Start reading at `pages/` (what is shown) or `server.py`."""
