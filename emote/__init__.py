"""EMOTE: speech and emotion become head parameters through the motion prior (Daněček et al., SIGGRAPH Asia 2023)."""
