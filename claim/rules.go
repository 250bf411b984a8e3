package claim

// rules are all rules by the name that a scenario calls them by.
func rules() map[string]Rule {
	return map[string]Rule{
		"tw-buckets": twBuckets(),
	}
}
