package main

import (
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A health check of a user's, which Argo CD asks before its own. It is run as there: Lua 5.1 without the
// libraries for files and strings, the object in the global variable obj.
type healthScript string

func readScript(path string) (healthScript, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	return healthScript(text), err
}

// GetResourceHealth answers nil, for "ask somebody else", for whatever is no MetricsPipeline.
func (script healthScript) GetResourceHealth(object *unstructured.Unstructured) (*health.HealthStatus, error) {
	if script == "" || object.GetKind() != "MetricsPipeline" {
		return nil, nil
	}
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		call := lua.P{Fn: machine.NewFunction(open), Protect: true}
		if err := machine.CallByParam(call, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	machine.SetGlobal("obj", toLua(machine, object.Object))
	if err := machine.DoString(string(script)); err != nil {
		return nil, err
	}
	returned, ok := machine.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("the script returns %s instead of a table", machine.Get(-1).Type())
	}
	code := health.HealthStatusCode(lua.LVAsString(returned.RawGetString("status")))
	switch code {
	case health.HealthStatusHealthy, health.HealthStatusProgressing, health.HealthStatusDegraded,
		health.HealthStatusSuspended, health.HealthStatusMissing, health.HealthStatusUnknown:
	default:
		return nil, fmt.Errorf("the script's status %q is none that Argo CD knows", code)
	}
	return &health.HealthStatus{Status: code, Message: lua.LVAsString(returned.RawGetString("message"))}, nil
}

func toLua(machine *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case bool:
		return lua.LBool(typed)
	case string:
		return lua.LString(typed)
	case int64:
		return lua.LNumber(typed)
	case float64:
		return lua.LNumber(typed)
	case []any:
		list := machine.NewTable()
		for _, item := range typed {
			list.Append(toLua(machine, item))
		}
		return list
	case map[string]any:
		table := machine.NewTable()
		for key, item := range typed {
			table.RawSetString(key, toLua(machine, item))
		}
		return table
	}
	return lua.LNil
}
