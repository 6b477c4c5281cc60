package iam

import "time"

type userXML struct {
	Path       string
	UserName   string
	UserId     string
	Arn        string
	CreateDate string `xml:",omitempty"` // root has none
}

func showUser(u User) userXML {
	return userXML{Path: u.Path, UserName: u.Name, UserId: u.ID, Arn: u.ARN, CreateDate: u.Created.UTC().Format(time.RFC3339)}
}

func createUser(c *call) (any, error) {
	name, err := c.form.Need("UserName")
	if err != nil {
		return nil, err
	}
	path := c.form.Get("Path")
	if path == "" {
		path = "/"
	}
	if err := c.may("arn:aws:iam::" + c.account() + ":user" + path + name); err != nil {
		return nil, err
	}
	u, err := c.store.CreateUser(c.account(), name, path)
	return struct{ User userXML }{showUser(u)}, err
}

func getUser(c *call) (any, error) {
	name, err := c.userName()
	if err != nil {
		return nil, err
	}
	if name == "" { // root asks about itself
		if err := c.may(c.caller.ARN); err != nil {
			return nil, err
		}
		return struct{ User userXML }{userXML{Path: "/", UserId: c.caller.UserID, Arn: c.caller.ARN}}, nil
	}
	if err := c.may(c.userResource(name)); err != nil {
		return nil, err
	}
	u, err := c.store.User(c.account(), name)
	return struct{ User userXML }{showUser(u)}, err
}

func listUsers(c *call) (any, error) {
	users, err := c.store.Users(c.account())
	if err != nil {
		return nil, err
	}
	users = underPath(c, users, func(u User) string { return u.Path })
	users, p, err := paged(c, users, func(u User) string { return u.Name })
	if err == nil {
		err = c.may("arn:aws:iam::" + c.account() + ":user/")
	}
	if err != nil {
		return nil, err
	}
	out := struct {
		Users struct {
			Member []userXML `xml:"member"`
		}
		page
	}{page: p}
	for _, u := range users {
		out.Users.Member = append(out.Users.Member, showUser(u))
	}
	return out, nil
}

func deleteUser(c *call) (any, error) {
	name, err := c.form.Need("UserName")
	if err == nil {
		err = c.may(c.userResource(name))
	}
	if err == nil {
		err = c.store.DeleteUser(c.account(), name)
	}
	return nil, err
}

type keyXML struct {
	UserName        string
	AccessKeyId     string
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func showKey(k AccessKey) keyXML {
	status := "Active"
	if !k.Active {
		status = "Inactive"
	}
	return keyXML{UserName: k.UserName, AccessKeyId: k.ID, Status: status, SecretAccessKey: k.Secret, CreateDate: k.Created.UTC().Format(time.RFC3339)}
}

func createAccessKey(c *call) (any, error) {
	name, err := c.userName()
	if err == nil {
		err = c.may(c.keysResource(name))
	}
	if err != nil {
		return nil, err
	}
	k, err := c.store.CreateAccessKey(c.account(), name)
	return struct{ AccessKey keyXML }{showKey(k)}, err
}

func listAccessKeys(c *call) (any, error) {
	name, err := c.userName()
	if err != nil {
		return nil, err
	}
	// Two keys at most: one page holds them.
	c.form.Get("MaxItems")
	c.form.Get("Marker")
	if err := c.may(c.keysResource(name)); err != nil {
		return nil, err
	}
	keys, err := c.store.AccessKeys(c.account(), name)
	if err != nil {
		return nil, err
	}
	out := struct {
		AccessKeyMetadata struct {
			Member []keyXML `xml:"member"`
		}
		page
	}{}
	for _, k := range keys {
		out.AccessKeyMetadata.Member = append(out.AccessKeyMetadata.Member, showKey(k))
	}
	return out, nil
}

func deleteAccessKey(c *call) (any, error) {
	name, err := c.userName()
	if err != nil {
		return nil, err
	}
	id, err := c.form.Need("AccessKeyId")
	if err == nil {
		err = c.may(c.keysResource(name))
	}
	if err == nil {
		err = c.store.DeleteAccessKey(c.account(), name, id)
	}
	return nil, err
}

// keysResource: the root user's keys are asked about as its own ARN.
func (c *call) keysResource(userName string) string {
	if userName == "" {
		return c.caller.ARN
	}
	return c.userResource(userName)
}
