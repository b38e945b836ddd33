"""A referral's life: its states, its steps and the reactions to intake's facts."""
