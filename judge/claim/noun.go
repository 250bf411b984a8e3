package claim

import "fmt"

// counted is n of what noun names, whose plural ends in s: whole numbers from
// 100 on, three digits of what is less.
func counted(n float64, noun string) string {
	text := fmt.Sprintf("%.3g", n)
	if n >= 100 {
		text = fmt.Sprintf("%.0f", n)
	}
	if text == "1" {
		return "1 " + noun
	}
	return text + " " + noun + "s"
}
