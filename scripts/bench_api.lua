-- Marks orders as delivered by the API, each once: the references stand in a file, one a line, with their versions.
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
  headers = {
    ["Authorization"] = "Bearer " .. args[2],
    ["Content-Type"] = "application/json",
  }
end

function request()
  next_order = next_order + 1
  local order = orders[next_order]
  -- With none left the thread ends: what would come now would be refused.
  if not order then wrk.thread:stop() return wrk.format("GET", "/healthz") end
  local body = string.format("{\"expected_version\":%s}", order[2])
  headers["Idempotency-Key"] = "bench-" .. order[1]
  return wrk.format("POST", "/api/v1/orders/" .. order[1] .. "/deliver", headers, body)
end

function response(status)
  if status >= 400 then refused = (refused or 0) + 1 end
end
