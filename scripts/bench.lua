-- Marks orders as delivered, each once: the references stand in a file, one a line, with their versions. Arguments: that
-- file, a cookie or a key, and `api` where it is a key.
local orders = {}
local thread_count = 0

function setup(thread)
  thread:set("number", thread_count)
  thread_count = thread_count + 1
end

function init(args)
  local at = 0
  for line in io.lines(args[1]) do
    local reference, version = line:match("(%S+) (%d+)")
    -- Each thread takes every second order.
    if at % 2 == number then orders[#orders + 1] = { reference, version } end
    at = at + 1
  end
  next_order = 0
  by_key = args[3] == "api"
  if by_key then
    headers = { ["Authorization"] = "Bearer " .. args[2], ["Content-Type"] = "application/json" }
  else
    headers = {
      ["Cookie"] = args[2],
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["Sec-Fetch-Site"] = "same-origin",
      ["Accept"] = "application/json",
    }
  end
end

function request()
  next_order = next_order + 1
  local order = orders[next_order]
  -- With none left the thread ends: what would come now would be refused.
  if not order then wrk.thread:stop() return wrk.format("GET", "/healthz") end
  if by_key then
    headers["Idempotency-Key"] = "bench-" .. order[1]
    local body = string.format("{\"expected_version\":%s}", order[2])
    return wrk.format("POST", "/api/v1/orders/" .. order[1] .. "/deliver", headers, body)
  end
  local body = string.format("order=%s&verb=deliver&version=%s&key=bench", order[1], order[2])
  return wrk.format("POST", "/rpc/orders/act", headers, body)
end

function response(status)
  if status >= 400 then refused = (refused or 0) + 1 end
end
