# A pool as a team keeps it in Terraform: what Sallyport has built and the provider can say. The variables with defaults are what `changed.tfvars` changes.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    cognitoidp = var.endpoint
  }
}

variable "minimum_length" {
  default = 12
}

variable "email_subject" {
  default = "Your code"
}

variable "recovery" {
  default = ["verified_email", "verified_phone_number"]
}

variable "tags" {
  default = {
    Team  = "identity"
    Stage = "staging"
  }
}

variable "more_attributes" {
  default = []
}

resource "aws_cognito_user_pool" "shop" {
  name                     = "shop"
  alias_attributes         = ["email", "preferred_username"]
  auto_verified_attributes = ["email"]
  deletion_protection      = "INACTIVE"
  tags                     = var.tags

  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length                   = var.minimum_length
    password_history_size            = 3
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 3
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    mutable             = true
    required            = true

    string_attribute_constraints {
      min_length = 3
      max_length = 320
    }
  }

  schema {
    name                = "tenant"
    attribute_data_type = "String"
    mutable             = false

    string_attribute_constraints {
      min_length = 1
      max_length = 64
    }
  }

  schema {
    name                = "credit"
    attribute_data_type = "Number"
    mutable             = true

    number_attribute_constraints {
      min_value = 0
      max_value = 1000
    }
  }

  schema {
    name                = "joined"
    attribute_data_type = "DateTime"
    mutable             = true
  }

  dynamic "schema" {
    for_each = var.more_attributes

    content {
      name                = schema.value
      attribute_data_type = "Boolean"
      mutable             = true
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = false

    invite_message_template {
      email_subject = "Welcome to the shop"
      email_message = "You are {username}, and your password is {####}."
      sms_message   = "You are {username}, and your password is {####}."
    }
  }

  verification_message_template {
    default_email_option = "CONFIRM_WITH_CODE"
    email_subject        = var.email_subject
    email_message        = "Your code is {####}."
    sms_message          = "Your code is {####}."
  }

  account_recovery_setting {
    dynamic "recovery_mechanism" {
      for_each = var.recovery

      content {
        name     = recovery_mechanism.value
        priority = recovery_mechanism.key + 1
      }
    }
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  email_configuration {
    email_sending_account = "COGNITO_DEFAULT"
  }
}

variable "access_token_minutes" {
  default = 15
}

variable "callback_urls" {
  default = ["https://shop.example.com/signed-in"]
}

variable "grace_seconds" {
  default = 10
}

resource "aws_cognito_resource_server" "orders" {
  user_pool_id = aws_cognito_user_pool.shop.id
  identifier   = "https://orders.example.com"
  name         = "orders"

  dynamic "scope" {
    for_each = var.scopes

    content {
      scope_name        = scope.key
      scope_description = scope.value
    }
  }
}

variable "scopes" {
  default = {
    read = "See orders"
  }
}

# The browser's: public, with the code flow, and refresh tokens that rotate.
resource "aws_cognito_user_pool_client" "web" {
  user_pool_id = aws_cognito_user_pool.shop.id
  name         = "web"

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
  callback_urls                        = var.callback_urls
  logout_urls                          = ["https://shop.example.com/"]
  default_redirect_uri                 = "https://shop.example.com/signed-in"
  supported_identity_providers         = ["COGNITO"]

  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  auth_session_validity         = 5
  read_attributes               = ["email", "email_verified", "custom:tenant"]
  write_attributes              = ["email"]

  access_token_validity  = var.access_token_minutes
  id_token_validity      = 15
  refresh_token_validity = 10

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = var.grace_seconds
  }
}

# A service's: confidential, for its own tokens.
resource "aws_cognito_user_pool_client" "billing" {
  user_pool_id    = aws_cognito_user_pool.shop.id
  name            = "billing"
  generate_secret = true

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = [for name in keys(var.scopes) : "${aws_cognito_resource_server.orders.identifier}/${name}"]

  # No answer of Cognito says how a secret came about: the provider would replace an imported client.
  lifecycle {
    ignore_changes = [generate_secret]
  }
}

# One with nothing said: everything is a default.
resource "aws_cognito_user_pool_client" "plain" {
  user_pool_id = aws_cognito_user_pool.shop.id
  name         = "plain"
}

variable "group_description" {
  default = "Who may see orders"
}

resource "aws_cognito_user_group" "staff" {
  user_pool_id = aws_cognito_user_pool.shop.id
  name         = "staff"
  description  = var.group_description
  precedence   = 5
  role_arn     = "arn:aws:iam::000000000000:role/staff"
}

variable "user_attributes" {
  default = {
    email          = "ada@example.com"
    email_verified = "false"
    tenant         = "north"
    credit         = "5"
    nickname       = "Ada"
  }
}

variable "user_enabled" {
  default = true
}

resource "aws_cognito_user" "ada" {
  user_pool_id   = aws_cognito_user_pool.shop.id
  username       = "ada"
  attributes     = var.user_attributes
  enabled        = var.user_enabled
  message_action = "SUPPRESS"
  password       = "Passw0rd-of-ada"

  # No answer tells them: for an imported user the provider would set the password again, which the pool's history of passwords refuses.
  lifecycle {
    ignore_changes = [message_action, password]
  }
}

resource "aws_cognito_user_in_group" "ada" {
  user_pool_id = aws_cognito_user_pool.shop.id
  username     = aws_cognito_user.ada.username
  group_name   = aws_cognito_user_group.staff.name
}

variable "managed_login_version" {
  default = 1
}

resource "aws_cognito_user_pool_domain" "shop" {
  user_pool_id          = aws_cognito_user_pool.shop.id
  domain                = "sallyport-shop"
  managed_login_version = var.managed_login_version
}

# Those who only read: each waits for what it reads, or a plan would show what was there before the change.
data "aws_cognito_user_pools" "named" {
  name       = "shop"
  depends_on = [aws_cognito_user_pool.shop]
}

data "aws_cognito_user_pool" "shop" {
  user_pool_id = aws_cognito_user_pool.shop.id
  depends_on   = [aws_cognito_user_pool.shop]
}

data "aws_cognito_user_pool_clients" "all" {
  user_pool_id = aws_cognito_user_pool.shop.id
  depends_on   = [aws_cognito_user_pool_client.web, aws_cognito_user_pool_client.billing, aws_cognito_user_pool_client.plain]
}

data "aws_cognito_user_pool_client" "web" {
  user_pool_id = aws_cognito_user_pool.shop.id
  client_id    = aws_cognito_user_pool_client.web.id
  depends_on   = [aws_cognito_user_pool_client.web]
}

data "aws_cognito_user_groups" "all" {
  user_pool_id = aws_cognito_user_pool.shop.id
  depends_on   = [aws_cognito_user_group.staff]
}

data "aws_cognito_user_group" "staff" {
  user_pool_id = aws_cognito_user_pool.shop.id
  name         = "staff"
  depends_on   = [aws_cognito_user_group.staff]
}

output "read" {
  value = {
    pools             = length(data.aws_cognito_user_pools.named.ids)
    pool              = data.aws_cognito_user_pool.shop.name
    clients           = sort(data.aws_cognito_user_pool_clients.all.client_names)
    callback_urls     = data.aws_cognito_user_pool_client.web.callback_urls
    groups            = [for group in data.aws_cognito_user_groups.all.groups : group.group_name]
    group_description = data.aws_cognito_user_group.staff.description
  }
}
