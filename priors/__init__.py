"""What faces do before anyone speaks: the motion prior (FLINT), blinks, gaze and the sway of a living head."""
