package servers

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kv.internal/histories/children"
)

// Cluster has three masters, the first of which has a replica. The two change their roles.
type Cluster struct {
	nodes []*Server
	// The number of the node that has the slots of the first third.
	master int
	// promoted are the moments at which nodes became masters.
	promoted map[*Server]time.Time
}

// Between two elections of a node lie four times the node timeout. Before that, Redis 7.0 takes the
// votes of the one for those of the other: there are two masters for a moment.
const (
	nodeTimeout = time.Second
	between     = 4*nodeTimeout + time.Second
)

// StartCluster starts a cluster in which no master is replaced by itself: on a slow machine one could
// seem to be gone, and its replica may lack writes.
func StartCluster(place string) (*Cluster, error) {
	c := &Cluster{promoted: make(map[*Server]time.Time)}
	for i := range 4 {
		node, err := Start(filepath.Join(place, strconv.Itoa(i)), "cluster-enabled yes", "cluster-port FREE",
			fmt.Sprintf("cluster-node-timeout %d", nodeTimeout.Milliseconds()), "cluster-allow-replica-migration no", "cluster-replica-no-failover yes",
			// A replica that has got no ping yet is in no list of nodes.
			"repl-ping-replica-period 1")
		if err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, node)
	}
	for i, node := range c.nodes {
		node.Call("cluster", "set-config-epoch", strconv.Itoa(i+1))
	}
	for i, node := range c.nodes {
		bus := strings.Split(node.Call("config", "get", "cluster-port"), "\n")[1]
		c.nodes[(i+1)%4].Call("cluster", "meet", "127.0.0.1", strconv.Itoa(node.Port), bus)
	}
	for i, slots := range [][2]string{{"0", "5461"}, {"5462", "10922"}, {"10923", "16383"}} {
		c.nodes[i].Call("cluster", "addslotsrange", slots[0], slots[1])
	}
	id := strings.TrimSpace(c.nodes[0].Call("cluster", "myid"))
	err := children.Until("a replica follows", Patience, func() bool {
		return strings.HasPrefix(c.nodes[3].Call("cluster", "replicate", id), "OK")
	})
	return c, errors.Join(err, c.UntilWhole())
}

// UntilWhole returns when all nodes know the masters, and the replica follows its one.
func (c *Cluster) UntilWhole() error {
	for _, node := range c.nodes {
		err := children.Until("a node knows the cluster", Patience, func() bool {
			info, slots := node.Call("cluster", "info"), node.Call("cluster", "slots")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_ok:16384") &&
				strings.Contains(info, "cluster_known_nodes:4") &&
				strings.Contains(slots, fmt.Sprintf("0\n5461\n127.0.0.1\n%d\n", c.nodes[c.master].Port)) &&
				strings.Contains(slots, fmt.Sprintf("127.0.0.1\n%d\n", c.replica().Port))
		})
		if err != nil {
			return err
		}
	}
	return children.Until("the replica follows", Patience, func() bool {
		return c.replica().Info("replication", "master_link_status") == "up"
	})
}

func (c *Cluster) replica() *Server { return c.nodes[3-c.master] }

// Slot is a name whose slot is of the first third: any tag of a few letters will do.
func (c *Cluster) Slot(names func() string) string {
	for {
		name := names()
		slot, _ := strconv.Atoi(strings.TrimSpace(c.nodes[1].Call("cluster", "keyslot", name)))
		if slot <= 5461 {
			return name
		}
	}
}

// Rest waits until the replica may become a master again.
func (c *Cluster) Rest() { time.Sleep(time.Until(c.promoted[c.replica()].Add(between))) }

// FailOver lets the replica become the master without a loss.
func (c *Cluster) FailOver() error { return c.promote("failover") }

// KillMaster kills the master, calls a function when it has ended, and returns when its replica is
// the master.
func (c *Cluster) KillMaster(ended func()) error {
	c.nodes[c.master].Kill()
	ended()
	return c.promote("failover", "force")
}

// promote makes the replica the master by a command.
func (c *Cluster) promote(command ...string) error {
	replica := c.replica()
	isMaster := func() bool { return replica.Info("replication", "role") == "master" }
	err := children.Until("the replica is a master", Patience, func() bool {
		if reply := replica.Call(append([]string{"cluster"}, command...)...); !strings.HasPrefix(reply, "OK") {
			return isMaster()
		}
		// The servers give it up after five seconds.
		return children.Until("the replica is a master", 6*time.Second, isMaster) == nil
	})
	if err == nil {
		c.master = 3 - c.master
		c.promoted[replica] = time.Now()
	}
	return err
}

// Revive starts the master that was killed; it is a replica then.
func (c *Cluster) Revive() error { return errors.Join(c.replica().Restart(), c.UntilWhole()) }

// Cut cuts the connections of all clients to all nodes.
func (c *Cluster) Cut() {
	for _, node := range c.nodes {
		node.Cut()
	}
}

// Location is that of a store on the cluster.
func (c *Cluster) Location(options string) string {
	return fmt.Sprintf("redis-cluster://127.0.0.1:%d,127.0.0.1:%d?%s", c.nodes[1].Port, c.nodes[2].Port, options)
}

// Kill kills all nodes.
func (c *Cluster) Kill() {
	for _, node := range c.nodes {
		node.Kill()
	}
}
