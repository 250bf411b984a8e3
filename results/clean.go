package results

import (
	"reflect"
	"slices"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
)

// Clean puts every text of r on one line, as [Decode] does.
func (r *Run) Clean() { clean(r) }

// clean puts every text in what v points at on one line, without what a terminal
// acts upon: a result may come from anybody, and what a program under test says is
// in it, so that no reader has to think of it. Texts that may have several lines
// stay: a program's configuration, a sweep's scenario, the body of a request.
func clean(v any) { cleanIn(reflect.ValueOf(v)) }

func cleanIn(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			cleanIn(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !severalLines(f.Name) {
				cleanIn(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			cleanIn(v.Index(i))
		}
	case reflect.Map:
		cleanMap(v)
	case reflect.String:
		if s := v.String(); v.CanSet() && prose.Printable(s) != s {
			v.SetString(prose.Printable(s))
		}
	}
}

// nameHosts leaves of the name of a host its letters, as it stands in sentences: another
// word could begin a line of its own there, which a CI system reads as a command. Names of
// agents have digits, - and _ too.
func nameHosts(r *Run) {
	names := namesIn(r.Exhaustion, r.Limit)
	for i := range r.Agents {
		a := &r.Agents[i]
		a.Name = agentName(a.Name)
		names = append(names, namesIn(a.Exhaustion, a.Limit)...)
	}
	for i := range r.Intervals {
		for j, name := range r.Intervals[i].Late {
			r.Intervals[i].Late[j] = agentName(name)
		}
	}
	for i := range r.Verdict.Remedies {
		names = append(names, &r.Verdict.Remedies[i].Host)
	}
	for _, name := range names {
		*name = strings.Map(letter, *name)
	}
}

// namesIn are where a finding and a limit name a host.
func namesIn(f *exhaustion.Finding, limit *exhaustion.Bound) []*string {
	var names []*string
	if f != nil {
		names = append(names, &f.Host)
	}
	if limit != nil {
		names = append(names, &limit.Host)
	}
	return names
}

func letter(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

func severalLines(field string) bool {
	return slices.Contains([]string{"ServerFiles", "ProxyFiles", "ClientFiles", "Scenario", "Body"}, field)
}

// cleanMap cleans keys and values. Keys that become the same are told apart.
func cleanMap(v reflect.Value) {
	if v.Type().Key().Kind() != reflect.String {
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		cleanIn(value)
		name := prose.Printable(key.String())
		if name != key.String() {
			v.SetMapIndex(key, reflect.Value{})
			for v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key())).IsValid() {
				name += "?"
			}
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), value)
	}
}
