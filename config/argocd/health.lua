-- How Argo CD judges a MetricsPipeline (obj): docs/conditions.md has the conditions and their reasons.
-- Argo CD without this believes every MetricsPipeline to be healthy.
local function waiting(message)
  return { status = "Progressing", message = message }
end

local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function holds(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

local function told(name)
  local condition = conditions[name]
  return condition.reason .. ": " .. (condition.message or "")
end

if obj.metadata.deletionTimestamp ~= nil then
  return waiting("The pipeline is being deleted.")
end
if (status.observedGeneration or -1) < (obj.metadata.generation or 0) then
  return waiting("The operator has not looked at this version yet.")
end
-- Only a person can end these: docs/conditions.md says how.
if holds("Stalled") then
  return { status = "Degraded", message = told("Stalled") }
end
if holds("Paused") then
  return { status = "Suspended", message = told("Paused") }
end
if holds("Ready") then
  return { status = "Healthy", message = told("Ready") }
end
if conditions.Ready == nil or holds("Reconciling") then
  return waiting(conditions.Reconciling and told("Reconciling") or "The operator is about to begin.")
end
return { status = "Degraded", message = told("Ready") }
