package scenario

import (
	"go.yaml.in/yaml/v4"

	"tcpbench/internal/strictyaml"
)

// exchange reads the steps of an exchange, each a mapping of one key.
func (p *parser) exchange(x *Exchange, n *yaml.Node) {
	*x = nil
	for _, item := range n.Content {
		before := *x
		step := func(add func(string) error) func(*yaml.Node) {
			return func(n *yaml.Node) {
				text, ok := p.Scalar(n)
				if !ok {
					return
				}
				text, err := withFile(text)
				if err == nil {
					err = add(text)
				}
				if err != nil {
					p.Wrong(n, err)
				}
			}
		}
		p.Mapping(item, strictyaml.Keys{"send": step(x.AddSend), "expect": step(x.AddExpect)})
		if len(*x) > len(before)+1 {
			p.Fail(item, "a step has either send or expect")
		}
	}
}
