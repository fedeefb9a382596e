"""The sections of a study, a file each: every key with its default, its meaning and its bounds."""
