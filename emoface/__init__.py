"""EmoFace: speech and emotion become the controls of a MetaHuman face board (Liu et al., IEEE VR 2024, arXiv 2407.12501)."""
