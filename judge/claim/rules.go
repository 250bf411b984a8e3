package claim

// rules are all rules by the name that a scenario calls them by.
func rules() map[string]func() Rule {
	return map[string]func() Rule{
		"close-modes":          closeModes,
		"dead-peer":            deadPeer,
		"fin-timeout":          finTimeout,
		"go-http-client":       goHTTPClient,
		"haproxy-upstream":     haproxyUpstream,
		"health-check":         healthCheck,
		"keepalive":            keepalive,
		"last-ack":             lastACK,
		"late-packets":         latePackets,
		"linger-blocks":        lingerBlocks,
		"linger-loses-data":    lingerLoses,
		"nat-exhaustion":       natExhaustion,
		"nat-idle":             natIdle,
		"nat-race":             natRace,
		"nginx-lingering":      nginxLingering,
		"nginx-lingering-time": nginxLingeringTime,
		"nginx-upstream":       nginxUpstream,
		"php-fpm":              phpFPM,
		"port-order":           portOrder,
		"port-range":           portRange,
		"port-walk":            portWalk,
		"redis-short":          redisShort,
		"reset-by-peer":        resetByPeer,
		"safe-rate":            safeRate,
		"source-addresses":     sourceAddresses,
		"tcp-keepalive":        tcpKeepalive,
		"time-wait":            timeWaitLength,
		"tw-buckets":           twBuckets,
		"tw-reuse":             twReuse,
	}
}
