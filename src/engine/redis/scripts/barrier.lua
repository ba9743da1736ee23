-- Publishes a barrier message. ARGV: channel, origin, in_cluster.
return publish_barrier(ARGV[1], ARGV[2], ARGV[3] == '1')
