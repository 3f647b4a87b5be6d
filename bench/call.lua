-- wrk sends one MCP request (2026-07-28) over and over; bench/http.py says which, by the environment.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2026-07-28"
wrk.headers["Mcp-Method"] = os.getenv("MCP_METHOD")
wrk.headers["Mcp-Name"] = os.getenv("MCP_NAME")
wrk.headers["Authorization"] = os.getenv("MCP_AUTHORIZATION")
wrk.body = os.getenv("MCP_BODY")

-- wrk counts by status only: a refusal in a body of status 200 would pass for speed.
local refused = 0
function response(status, headers, body)
  if status ~= 200 or body:find('"error":{', 1, true) or body:find('"isError":true', 1, true) then
    refused = refused + 1
    if refused == 1 then io.stderr:write(status .. " " .. body:sub(1, 300) .. "\n") end
  end
end
