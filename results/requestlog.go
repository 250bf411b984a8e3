package results

// RequestLog is what became of a file with a line for each request.
type RequestLog struct {
	// File is its name, as it was given.
	File string `json:"file"`
	// Rows are the lines that were written, without the first, and Bytes all of them.
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	// Lost requests are not in it, because they came faster than it could be written, or
	// could not be written for Error; and those Beyond it because it had as many lines as
	// it may.
	Lost   int64  `json:"lost"`
	Beyond int64  `json:"beyond"`
	Error  string `json:"error,omitempty"`
	// CPUS is the processor time that writing it took, in seconds, which is part of the
	// client's.
	CPUS float64 `json:"cpu_s"`
}
