// Package gitops tries what kstatus (which Flux and others use) and Argo CD's interpreter of Lua make of pools in the states of
// src/test/resources/gitops, which are what the operator writes: PoolStatesTest holds them to that.
package gitops

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

const (
	folder = "../resources/gitops"
	script = "../../../deploy/gitops/argocd/health.lua"
)

// verdict is what each makes of a pool, and words of the message that people see in Argo CD.
type verdict struct {
	kstatus status.Status
	argo    string
	says    string
}

var wanted = map[string]verdict{
	"ready":               {status.CurrentStatus, "Healthy", "The pool takes pods"},
	"held":                {status.CurrentStatus, "Suspended", "spec.stopPolicy is Hold"},
	"not-seen-yet":        {status.InProgressStatus, "Progressing", "not seen this version"},
	"changed":             {status.InProgressStatus, "Progressing", "not seen this version"},
	"repaired":            {status.InProgressStatus, "Progressing", "not seen this version"},
	"connecting":          {status.InProgressStatus, "Progressing", "Nodes are being started"},
	"starting":            {status.InProgressStatus, "Progressing", "Nodes are being started"},
	"emptying":            {status.InProgressStatus, "Progressing", "1 node is being emptied"},
	"port-not-opened":     {status.InProgressStatus, "Degraded", "burst-0: no port is free"},
	"backend-unavailable": {status.InProgressStatus, "Degraded", "connection refused"},
	"backend-denies":      {status.FailedStatus, "Degraded", "403 Forbidden"},
	"invalid-settings":    {status.FailedStatus, "Degraded", "no such backend"},
	"name-taken":          {status.FailedStatus, "Degraded", "Remove them or name the pool differently"},
	"deleted":             {status.TerminatingStatus, "Progressing", "is being deleted"},
	"deleted-and-stuck":   {status.TerminatingStatus, "Degraded", "spec.drain.forceOrphan"},
}

func TestEveryStateIsToldApart(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(wanted) {
		t.Errorf("%d files in %s, but %d verdicts here", len(files), folder, len(wanted))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			verdict, known := wanted[name]
			if !known {
				t.Fatalf("nobody says what is to be made of %s", file)
			}
			pool := read(t, file)

			computed, err := status.Compute(pool)
			if err != nil {
				t.Fatal(err)
			}
			if computed.Status != verdict.kstatus {
				t.Errorf("kstatus: %s (%s), wanted %s", computed.Status, computed.Message, verdict.kstatus)
			}
			health, message, err := argoHealth(pool)
			if err != nil {
				t.Fatal(err)
			}
			if health != verdict.argo || !strings.Contains(message, verdict.says) {
				t.Errorf("Argo CD: %s (%s), wanted %s (…%s…)", health, message, verdict.argo, verdict.says)
			}
		})
	}
}

func read(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	pool := &unstructured.Unstructured{}
	if err := pool.UnmarshalJSON(content); err != nil {
		t.Fatal(err)
	}
	return pool
}

// argoHealth runs the script as Argo CD runs one of a ConfigMap: with the pool as `obj`, and no library but these.
func argoHealth(pool *unstructured.Unstructured) (health, message string, err error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return "", "", err
		}
	}
	object, err := luaValue(state, pool.Object)
	if err != nil {
		return "", "", err
	}
	state.SetGlobal("obj", object)
	if err := state.DoFile(script); err != nil {
		return "", "", err
	}
	answer, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", errors.New("the script returns no table")
	}
	return answer.RawGetString("status").String(), answer.RawGetString("message").String(), nil
}

func luaValue(state *lua.LState, value any) (lua.LValue, error) {
	switch value := value.(type) {
	case nil:
		return lua.LNil, nil
	case bool:
		return lua.LBool(value), nil
	case string:
		return lua.LString(value), nil
	case int64:
		return lua.LNumber(value), nil
	case float64:
		return lua.LNumber(value), nil
	case []any:
		table := state.NewTable()
		for _, item := range value {
			converted, err := luaValue(state, item)
			if err != nil {
				return nil, err
			}
			table.Append(converted)
		}
		return table, nil
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			converted, err := luaValue(state, item)
			if err != nil {
				return nil, err
			}
			table.RawSetString(key, converted)
		}
		return table, nil
	default:
		return nil, fmt.Errorf("no value of JSON: %T", value)
	}
}
