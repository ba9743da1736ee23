-- Returns when plain keys expire.
return expiries_of(KEYS)
