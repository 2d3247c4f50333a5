-- How Argo CD sees a VirtualNodePool: docs/gitops.md. Only what Lua itself has is used, since Argo CD opens no library to such a script.
local function condition(kind)
  if obj.status == nil or obj.status.conditions == nil then
    return nil
  end
  for _, candidate in ipairs(obj.status.conditions) do
    if candidate.type == kind then
      return candidate
    end
  end
  return nil
end

local function holds(kind)
  local found = condition(kind)
  return found ~= nil and found.status == "True"
end

local function health(status, message)
  return { status = status, message = message }
end

local ready = condition("Ready")
if ready == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "The operator has not seen this version of the pool yet")
end
-- Also while it is being deleted: this is what somebody has to know.
if holds("Stalled") then
  return health("Degraded", condition("Stalled").message)
end
if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "The pool is being deleted; its nodes are emptied first")
end
if holds("Reconciling") then
  return health("Progressing", condition("Reconciling").message)
end
if ready.status == "True" then
  if obj.spec.stopPolicy ~= nil and obj.spec.stopPolicy ~= "None" then
    return health("Suspended", ready.message)
  end
  return health("Healthy", ready.message)
end
-- What is still on its way says so; all other reasons are troubles.
if ready.reason == "Connecting" or ready.reason == "Starting" or ready.reason == "CapacityUnknown" then
  return health("Progressing", ready.message)
end
return health("Degraded", ready.message)
