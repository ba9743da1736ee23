-- Returns the expiries of string keys; 0 if no key of the server has one. Without keys it returns
-- false if some key of the server has one.
if (#KEYS == 0 or #KEYS >= 32) and not any_expires() then return 0 end
if #KEYS == 0 then return false end
return expiries_of(KEYS)
