"""The teacher: from phones, prosody, emotion and a speaker's style to the motion of a face, on the 174 face-board controls.

It follows what animators and phoneticians published: dominance functions for coarticulation (Cohen & Massaro 1993),
JALI's jaw-and-lip conventions (Edwards et al. 2016), FACS prototypes of emotion (Ekman & Friesen 1978).
"""
