-- Returns when plain keys expire; 0 if no key of the server does, and of none that are named nothing if
-- some do.
if (#KEYS == 0 or #KEYS >= 32) and not any_expires() then return 0 end
if #KEYS == 0 then return false end
return expiries_of(KEYS)
