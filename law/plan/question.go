package plan

import "tcpbench/law/capacity"

// Question is what a plan answers.
type Question struct {
	Settings capacity.Settings

	// Widest is how many ports ip_local_port_range has at 1024-65535, less the
	// reserved ones.
	Widest int

	// Search is what connect(2) pays past the knee.
	Search capacity.Search

	// CPUs is how many processors there are to search with; 0 is not known.
	CPUs int

	// Rate is one to say the end of, and Target one to reach, per second; 0 is
	// not asked.
	Rate, Target float64
}
