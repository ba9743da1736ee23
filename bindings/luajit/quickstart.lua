-- Opens a store, writes two values, reads one and closes it.

local kv = require("kv")

local store = kv.open(arg[1] or "app.db")
store:set("config", "colour", "blue")
store:set("codes", "ada", "4711", 60000)
print("colour = " .. store:get("config", "colour"))
store:close()
